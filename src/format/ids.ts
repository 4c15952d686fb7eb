/** Of a request: its time, and enough of the rest to tell it from others. Every command takes the beginning of an id. */
export function shortRequestId(id: string): string {
  return id.slice(0, 'req_'.length + 14);
}

/** Of a session of Claude Code: enough to tell sessions apart. `--session` takes the beginning of one. */
export function shortSessionId(id: string): string {
  return id.slice(0, 8);
}
