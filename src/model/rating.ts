import type { Source } from './source.js';

/** The rating of an answer. A request has at most one, and it counts once for each of its sources. */
export interface Rating {
  id: string;
  requestId: string;
  /** -1..1 */
  rating: number;
  feedbackText: string | null;
  userId: string;
  createdAt: Date;
  updatedAt: Date;
  /** The distinct sources of the request. */
  affectedSources: Source[];
}
