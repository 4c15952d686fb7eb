/** A content block of the Messages API as it came; unknown kinds are kept as they are. */
export interface ContentBlock {
  type: string;
  [field: string]: unknown;
}

/** The assistant message a response carried, whether it came as JSON or was assembled from server-sent events. */
export interface AssembledMessage {
  id: string | null;
  model: string | null;
  role: string;
  content: ContentBlock[];
  stopReason: string | null;
  /** False when the stream ended before `message_stop`. */
  complete: boolean;
  /** `context_management` of the reply, as it came. */
  contextManagement: unknown;
}
