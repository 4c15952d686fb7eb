import type { RequestDetail, RequestShare, RequestSummary } from '../../../model/request.js';
import { NotFoundError, type Reader } from '../../../store/index.js';

/** The request that the panel is about. */
export interface SelectedRequest {
  request: RequestDetail;
  /** The previous request of its thread; null for the first one, or if the previous one is not stored any more. */
  previous: RequestSummary | null;
  shares: readonly RequestShare[];
}

export function readSelected(reader: Reader, id: string): SelectedRequest {
  const request = reader.request(id);
  return { request, previous: previousOf(reader, request), shares: reader.shares(id) };
}

/** Null for the first request of a thread, and if retention has removed the previous one. */
export function previousOf(reader: Reader, { previousId }: RequestDetail): RequestDetail | null {
  if (previousId === null) return null;
  try {
    return reader.request(previousId);
  } catch (error) {
    if (error instanceof NotFoundError) return null;
    throw error;
  }
}
