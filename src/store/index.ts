/** Storage: one SQLite file, which any number of processes write (one store each) and read. */

export { isOutdated, openDatabase, openMemory } from './database.js';
export * from './errors.js';
export type { Activity } from './read/activity.js';
export type { CacheMissGroup } from './read/cache-misses.js';
export type { AgentConversation, ConversationFilter, ConversationRequest } from './read/conversation.js';
export type { RequestFilter } from './read/filter.js';
export type { McpCallFilter, McpFilter } from './read/mcp-filter.js';
export type { McpMessagePlace } from './read/mcp-messages.js';
export { REQUEST_SORTS, type RequestPage, type RequestSort } from './read/query.js';
export { openReader, openReaderOrEmpty, type Reader, readDatabase } from './read/reader.js';
export type { ReplayFilter, ReplayPlan, StoredExchange } from './read/replay.js';
export type { Funnel, SourceUse, SourceUseFilter, SourceUses, ToolUse } from './read/source-uses.js';
export { STATS_KEYS, type Stats, type StatsFilter, type StatsKey } from './read/stats.js';
export type { StatsFigures, StatsRow } from './read/stats-figures.js';
export { STATS_SORTS, type StatsSort } from './read/stats-order.js';
export { bytesOnDisk, type StoreStatus } from './read/status.js';
export type { TelemetryState } from './read/telemetry.js';
export type { OutcomeCount, RequestTotals } from './read/totals.js';
export type { Turn } from './read/turns.js';
export { isRepairable, type Repair, repairFile } from './repair/repair.js';
export type { PruningPlan } from './retention/plan.js';
export type { Pruning, RetentionLimits } from './retention/pruning.js';
export { createRetentionUpkeep } from './retention/upkeep.js';
export type { Damage } from './verify/damage.js';
export type { Unused } from './verify/unused.js';
export { type Verification, verifyFile } from './verify/verify.js';
export { LOCAL_USER, MAX_COMMENT_LENGTH, type Verdict } from './write/ratings.js';
export type { Run } from './write/runs.js';
export { MAX_SESSION_NAME } from './write/session-names.js';
export { openStore, type Store } from './write/store.js';
export type { Sum, SumsByKey } from './write/telemetry.js';
export type { TranscriptFile } from './write/transcript-files.js';
export {
  type Commit,
  createWriteQueue,
  type StoreProblem,
  type WriteJob,
  type WriteQueueOptions,
} from './write/write-queue.js';
