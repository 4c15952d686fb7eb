import type { Argv } from 'yargs';
import { UsageError } from '../../base/errors.js';
import { RULE_ACTIONS } from '../../model/rule.js';
import type { OptionsOf } from '../command-file.js';
import { jsonOption, MAX_ROWS, wholeNumber } from '../options/shared-options.js';
import { refuseUseless, type UsedBy } from '../options/useless-options.js';
import { given } from '../rules/rules-file.js';

const ACTIONS = [
  'list',
  'show',
  'check',
  'test',
  'add',
  'remove',
  'enable',
  'disable',
  'import',
  'schema',
  'status',
  'resume',
] as const;
const FAILURES = [...RULE_ACTIONS, 'unused', 'error'] as const;

export function options(yargs: Argv) {
  return jsonOption(
    yargs
      .usage(
        'claude-trace rules list|check|import <file> [options]\n' +
          '       claude-trace rules show|remove|enable|disable <file> <id> [options]\n' +
          '       claude-trace rules add <file> [rule] [options]\n' +
          '       claude-trace rules test <file> <tape|session> [options]\n' +
          '       claude-trace rules schema|status\n' +
          '       claude-trace rules resume <id|all>\n\n' +
          'Rules say what happens to messages of MCP servers: they are delayed, changed, answered or blocked. A file of rules acts where it ' +
          'is named: wrap --rules <file>. `list` and `show` print rules, `check` finds mistakes, `test` shows what rules would have done ' +
          'with a tape or a session, `add`, `remove`, `enable` and `disable` edit the file and keep its comments, `import` converts rules of ' +
          'Shadowcat, `schema` prints the JSON schema for editors. `status` shows what rules do in active runs, their latest errors, ' +
          'and the messages that they hold; `resume <id>` lets one of them pass, `resume all` all of them.',
      )
      .positional('action', { describe: 'what to do', choices: ACTIONS, demandOption: true })
      .positional('file', {
        type: 'string',
        describe: 'rules in YAML or JSON; for resume: the id of a paused message, a part of it, or all',
      })
      .positional('rule', {
        type: 'string',
        describe: 'an id; for test: a tape, or a session; for add: a rule in YAML, default: stdin',
      })
      .option('strict', { type: 'boolean', default: false, describe: 'check: warnings are errors' })
      .option('gateway', {
        type: 'boolean',
        default: false,
        describe: 'check: the rules are for the gateway, which has more conditions and actions',
      })
      .option('fail-on', {
        type: 'string',
        describe:
          'test: exit with 1 if one of these would have acted, a rule did nothing (unused) or failed (error); or none' +
          '  [default: alert,block,error]',
      })
      .option('limit', { type: 'number', describe: 'test: maximum number of messages in the table  [default: 100]' })
      .option('dry-run', {
        type: 'boolean',
        default: false,
        describe: 'add, remove, enable, disable: show what would change, and write nothing',
      })
      .option('yes', {
        type: 'boolean',
        default: false,
        describe: 'add, remove, enable, disable: do not ask before the file is written',
      })
      .option('yaml', { type: 'boolean', default: false, describe: 'as YAML' }),
  )
    .example('claude-trace rules check rules.yaml --strict', 'in a CI job')
    .example('claude-trace rules test rules.yaml last', 'what they would have done in the latest session')
    .example(`claude-trace rules add rules.yaml '{ id: slow, then: [{ delay: { ms: 500 } }] }'`, 'a new rule')
    .example('claude-trace rules disable rules.yaml slow', 'switch a rule off');
}

type Args = OptionsOf<typeof options>;
type Action = (typeof ACTIONS)[number];
type Use = `rules ${Action}`;

const EDITS: readonly Use[] = ['rules add', 'rules remove', 'rules enable', 'rules disable'];
const PRINTS: readonly Use[] = [
  'rules list',
  'rules show',
  'rules check',
  'rules test',
  'rules import',
  'rules status',
  ...EDITS,
];

const USED_BY: UsedBy<Use> = {
  strict: ['rules check'],
  gateway: ['rules check'],
  'fail-on': ['rules test'],
  limit: ['rules test'],
  'dry-run': EDITS,
  yes: EDITS,
  json: [...PRINTS, 'rules schema'],
  yaml: PRINTS,
};

/** Actions with a second word after the file. */
const WITH_RULE: readonly Action[] = ['show', 'test', 'add', 'remove', 'enable', 'disable'];
const WITHOUT_FILE: readonly Action[] = ['schema', 'status'];

/** @throws UsageError for options and words that the action would ignore */
function checkArguments(args: Args): void {
  const { action, file, rule } = args;
  refuseUseless(args, USED_BY, `rules ${action}`);
  if (args.json && args.yaml) throw new UsageError('Give only one of --json, --yaml.');
  const useless = (WITHOUT_FILE.includes(action) ? file : undefined) ?? (WITH_RULE.includes(action) ? undefined : rule);
  if (useless !== undefined) {
    throw new UsageError(`claude-trace rules ${action} has no use for "${useless}": leave it out.`);
  }
}

export async function run(args: Args): Promise<void> {
  checkArguments(args);
  const { action } = args;
  if (action === 'status') return (await import('../rules/live.js')).showStatus(args);
  if (action === 'resume') return (await import('../rules/live.js')).resumePaused(given(args.file, 'resume <id>'));
  if (action === 'schema') return (await import('../rules/look.js')).printSchema();
  const file = given(args.file, `${action} <file>`);
  switch (action) {
    case 'list':
      return (await import('../rules/look.js')).listRules(file, args);
    case 'show':
      return (await import('../rules/look.js')).showRule(file, given(args.rule, 'show <file> <id>'), args);
    case 'check':
      return (await import('../rules/look.js')).checkFile(file, args);
    case 'import':
      return (await import('../rules/look.js')).importRules(file, args);
    case 'test': {
      const recording = given(args.rule, 'test <file> <tape|session>');
      const limit = wholeNumber('limit', args.limit ?? 100, 0, MAX_ROWS);
      return (await import('../rules/look.js')).testRules(
        file,
        { recording, limit, failOn: failures(args.failOn ?? 'alert,block,error') },
        args,
      );
    }
    case 'add':
      return (await import('../rules/edit.js')).addRules(file, args.rule, args);
    default: {
      const id = given(args.rule, `${action} <file> <id>`);
      return (await import('../rules/edit.js')).editRule(action, file, id, args);
    }
  }
}

/** @throws UsageError */
function failures(text: string): (typeof FAILURES)[number][] {
  if (text === 'none') return [];
  return text.split(',').map((word) => {
    const found = FAILURES.find((each) => each === word.trim());
    if (found === undefined) throw new UsageError(`--fail-on: give none, or some of ${FAILURES.join(', ')}.`);
    return found;
  });
}
