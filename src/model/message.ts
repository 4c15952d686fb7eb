/** A content block of the Messages API, also of an unknown type, as received. */
export interface ContentBlock {
  type: string;
  [field: string]: unknown;
}

/** The assistant message of a response, from JSON or assembled from server-sent events. */
export interface AssembledMessage {
  id: string | null;
  model: string | null;
  role: string;
  content: ContentBlock[];
  stopReason: string | null;
  /** False where the stream ended before `message_stop`. */
  complete: boolean;
  /** `context_management` of the reply, as received. */
  contextManagement: unknown;
  /** Types of events of the stream that are not in the API's documentation, each once. Absent if all are known. */
  unknownEvents?: readonly string[];
}
