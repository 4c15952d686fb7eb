import { CONTEXT_RULES } from './context-rules.js';
import { FILE_RULES } from './file-rules.js';
import { HARNESS_RULES } from './harness-rules.js';
import { HOOK_RULES } from './hook-rules.js';
import { LISTING_RULES } from './listing-rules.js';
import { PEER_RULES } from './peer-rules.js';
import type { TextRule } from './rule.js';
import { SIDE_RULES } from './side-rules.js';

/** All text rules. Extend these tables when Claude Code changes. The first row that fits a line wins. */
export const TEXT_RULES: readonly TextRule[] = [
  ...CONTEXT_RULES,
  ...HOOK_RULES,
  ...LISTING_RULES,
  ...FILE_RULES,
  ...HARNESS_RULES,
  ...PEER_RULES,
  ...SIDE_RULES,
];
