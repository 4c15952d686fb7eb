/**
 * Drives a version of the real Claude Code, a new one mostly, through every scenario of the tests, and prints what has to be done
 * before attribution knows it: words under a wrong source, scenarios that no longer play, and the first words of every paragraph
 * that no rule knows. Texts of Claude Code are shortened to their openers: no more belongs into a marker, or into this repository.
 *
 * usage: npm run claude:version -- 2.1.333 [--model opus]... [--scenario 'permission modes']...
 */
import { parseArgs } from 'node:util';
import { OLDER_MODEL, SCENARIOS, type ScenarioTitle } from '../test/support/claude/scenarios/all.js';
import { unmatchedParagraphs } from '../test/support/claude/scenarios/check.js';
import { runScenario } from '../test/support/claude/scenarios/run-scenario.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { model: { type: 'string', multiple: true }, scenario: { type: 'string', multiple: true } },
});
const [version] = positionals;
const titles = Object.keys(SCENARIOS) as ScenarioTitle[];
const strange = values.scenario?.find((title) => !titles.some((known) => known === title));
if (version === undefined || !/^\d+\.\d+\.\d+$/.test(version) || strange !== undefined) {
  console.error(
    strange === undefined
      ? 'Give a version, such as 2.1.333: npm run claude:version -- 2.1.333'
      : `There is no scenario "${strange}". There are: ${titles.join('; ')}.`,
  );
  process.exit(2);
}

/** By opener: where it was seen first. */
const openers = new Map<string, string>();
let faults = 0;
for (const model of values.model ?? ['opus', OLDER_MODEL]) {
  for (const title of titles.filter((known) => values.scenario?.includes(known) ?? true)) {
    const where = `${title}, ${model}`;
    const begun = Date.now();
    const failures = await play(title, model, where);
    console.log(`${failures.length === 0 ? 'ok  ' : 'FAIL'} ${where} (${Math.round((Date.now() - begun) / 1_000)} s)`);
    for (const failure of failures) console.log(`     ${failure}`);
    faults += failures.length;
  }
}
if (openers.size > 0) console.log(`\n${openers.size} openers without a row:`);
for (const [opener, where] of openers) console.log(`  ${JSON.stringify(opener)}  (${where})`);
process.exitCode = faults + openers.size > 0 ? 1 : 0;

async function play(title: ScenarioTitle, model: string, where: string): Promise<string[]> {
  try {
    const { failures, wrong, unseen, stored, unknown } = await runScenario(version ?? '', model, SCENARIOS[title]);
    for (const { opener, place } of unmatchedParagraphs(stored)) {
      if (!openers.has(opener)) openers.set(opener, `${place}; ${where}`);
    }
    return [
      ...failures,
      ...wrong,
      ...unseen.map((word) => `${word} was not sent`),
      ...unknown.map((novelty) => `not known: ${novelty}`),
    ];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
