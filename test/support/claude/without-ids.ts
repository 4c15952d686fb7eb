/** A body without what differs between two runs of the same session. */
export function withoutIds(body: string): string {
  return body
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UUID')
    .replace(/\b[0-9a-f]{64}\b/g, 'DEVICE')
    .replace(/\b(cch|cc_prev_req)=\w+/g, '$1')
    .replace(/"previous_message_id":"\w+"/g, '"previous_message_id":null');
}
