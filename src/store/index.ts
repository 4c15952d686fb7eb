/** Storage: one SQLite file. Written by one store a process, asked through readers, by any number of processes. */
export type { CacheMissGroup } from './cache-misses.js';
export { CHANGE_TYPES, type Change } from './changes.js';
export { openDatabase } from './database.js';
export * from './errors.js';
export type { RequestFilter } from './filter.js';
export { REQUEST_SORTS, type RequestPage, type RequestSort } from './query.js';
export { LOCAL_USER, MAX_COMMENT_LENGTH, type Verdict } from './ratings.js';
export { openReader, type Reader } from './reader.js';
export { type Repair, repairFile } from './repair.js';
export type { ReplayFilter, ReplayPlan, StoredExchange } from './replay.js';
export type { PruningPlan } from './retention/plan.js';
export type { Pruning, RetentionLimits } from './retention/pruning.js';
export { createRetentionUpkeep } from './retention/upkeep.js';
export type { CacheMissRow, RatingRow, RequestDetail, RequestRow, SessionRow, ShareRow } from './rows.js';
export type { Run } from './runs.js';
export type { SourceUse, SourceUseFilter, SourceUses, ToolUse } from './source-uses.js';
export {
  STATS_KEYS,
  STATS_SORTS,
  type Stats,
  type StatsFigures,
  type StatsFilter,
  type StatsKey,
  type StatsRow,
} from './stats.js';
export { bytesOnDisk, type StoreStatus } from './status.js';
export { openStore, type Store } from './store.js';
export type { Damage } from './verify/damage.js';
export type { Unused } from './verify/unused.js';
export { type Verification, verifyFile } from './verify.js';
export { createWriteQueue, type StoreProblem, type WriteQueueOptions } from './write-queue.js';
