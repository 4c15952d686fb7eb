/** Storage: one SQLite file. Written by one store a process, asked through readers, by any number of processes. */
export { openDatabase } from './database.js';
export * from './errors.js';
export type { Page, RequestFilter } from './filter.js';
export { openReader, type Reader } from './reader.js';
export type {
  BodyInfo,
  RequestDetail,
  RequestRow,
  ResponseDetail,
  SessionRow,
  ShareRow,
  SourceTotal,
  TokenCounts,
} from './rows.js';
export type { Incident, Run } from './runs.js';
export type { Costs } from './save-response.js';
export type { IncidentRow, StoreStatus } from './status.js';
export { openStore, type Store } from './store.js';
export {
  createWriteQueue,
  type StoreProblem,
  type WriteJob,
  type WriteQueue,
  type WriteQueueOptions,
} from './write-queue.js';
