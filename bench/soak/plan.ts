/** What one client of a soak sends. */
export interface SoakPlan {
  /** Number of its first request: it counts on from there. */
  first: number;
  connections: number;
  /** At most. */
  requests: number;
  /** Over all connections; null: as fast as answers come. */
  perSecond: number | null;
  /** Null: until all requests are answered. */
  seconds: number | null;
  /** Every second connection asks for streams. */
  isMixed: boolean;
}

export interface SoakTraffic {
  /** Numbers of the requests that got their own answer, whole. */
  answered: number[];
  errors: string[];
  seconds: number;
}
