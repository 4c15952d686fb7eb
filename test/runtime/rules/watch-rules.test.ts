import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { watchRules } from '../../../src/runtime/rules/watch-rules.js';
import { removeFolder } from '../../support/remove-folder.js';

const rules = (tag: string) => `version: 1\nrules:\n  - { id: a, when: { tool: a }, then: [{ tag: ${tag} }] }\n`;

async function watched() {
  const folder = await mkdtemp(join(tmpdir(), 'rules-'));
  const file = join(folder, 'rules.yaml');
  await writeFile(file, rules('first'));
  const taken: string[] = [];
  const bad: string[] = [];
  const watch = watchRules(file, rules('first'), {
    onRules: (text) => taken.push(text),
    onBad: (why) => bad.push(why),
  });
  onTestFinished(async () => {
    watch.stop();
    await removeFolder(folder);
  });
  return { folder, file, taken, bad };
}

it('takes a file however an editor writes it: in place, by renaming, removed first, through a link', async () => {
  const { folder, file, taken, bad } = await watched();
  await writeFile(file, rules('in-place'));
  await expect.poll(() => taken).toEqual([rules('in-place')]);
  await writeFile(join(folder, 'new'), rules('renamed'));
  await rename(join(folder, 'new'), file);
  await expect.poll(() => taken.at(-1)).toBe(rules('renamed'));
  await rm(file);
  await wait(300);
  await writeFile(file, rules('again'));
  await expect.poll(() => taken.at(-1)).toBe(rules('again'));
  await writeFile(join(folder, 'other'), rules('linked'));
  await rm(file);
  await symlink(join(folder, 'other'), file);
  await expect.poll(() => taken.at(-1)).toBe(rules('linked'));
  await writeFile(join(folder, 'other'), rules('behind-link'));
  await expect.poll(() => taken.at(-1)).toBe(rules('behind-link'));
  expect(taken).toHaveLength(5);
  expect(bad).toEqual([]);
});

it('takes only whole files while one is written in pieces, or a hundred times', async () => {
  const { file, taken, bad } = await watched();
  const text = rules('second');
  await writeFile(file, text.slice(0, 30));
  await wait(20);
  await writeFile(file, text);
  await expect.poll(() => taken).toEqual([text]);
  for (let index = 0; index < 100; index += 1) await writeFile(file, rules(`t${index}`));
  await expect.poll(() => taken.at(-1)).toBe(rules('t99'));
  expect(taken.every((each) => /tag: \w+ }\] }\n$/.test(each))).toBe(true);
  expect(bad).toEqual([]);
});

it('a bad rules file and a removed one are reported once each, a file without changes is not', async () => {
  const { file, taken, bad } = await watched();
  await writeFile(file, 'version: 1\nrules: 7\n');
  await expect.poll(() => bad).toHaveLength(1);
  expect(bad[0]).toMatch(/rules\.yaml:2:\d+: rules/);
  await writeFile(file, 'version: 1\nrules: 7\n');
  await wait(500);
  await rm(file);
  await expect.poll(() => bad).toHaveLength(2);
  expect(bad[1]).toContain('is gone');
  await wait(400);
  await writeFile(file, rules('first'));
  await wait(500);
  await writeFile(file, 'version: 1\nrules: 7\n');
  await expect.poll(() => bad).toHaveLength(3);
  expect(taken).toEqual([]);
});
