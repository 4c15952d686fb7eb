import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const FOLDER = fileURLToPath(new URL('../../.github/workflows/', import.meta.url));

interface Job {
  uses?: string;
  permissions?: Record<string, string>;
  steps?: { uses?: string; run?: string; with?: Record<string, unknown> }[];
}
interface Workflow {
  permissions?: Record<string, string>;
  jobs: Record<string, Job>;
}

const workflows = readdirSync(FOLDER).map((file) => {
  const text = readFileSync(`${FOLDER}${file}`, 'utf8');
  const workflow: Workflow = parse(text);
  return { file, text, workflow };
});
const publish = workflows.find(({ file }) => file === 'publish.yml')?.workflow.jobs ?? {};

describe.each(workflows)('the workflow $file', ({ text, workflow }) => {
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps ?? []);

  it('pins each action to a commit, and says which version that is', () => {
    const used = text.match(/uses: .*/g) ?? [];
    expect(used.filter((each) => !/^uses: (\.\/.*|[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/.test(each))).toEqual(
      [],
    );
    expect(used.length).toBeGreaterThan(0);
  });

  it('gives jobs only the permissions that they name, and code of others no token', () => {
    expect(workflow.permissions).toEqual({});
    expect(Object.values(workflow.jobs).filter(({ permissions }) => permissions === undefined)).toEqual([]);
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout'));
    expect(checkouts.filter((step) => step.with?.['persist-credentials'] !== false)).toEqual([]);
  });

  it('puts no expression into a script, since others choose some of the values', () => {
    expect(steps.filter(({ run }) => run?.includes('${{'))).toEqual([]);
  });
});

describe('the workflow that publishes', () => {
  it('publishes after all checks, with provenance, in a job that runs no code of dependencies', () => {
    expect(publish.publish).toMatchObject({ needs: ['checks', 'pack'], permissions: { 'id-token': 'write' } });
    const commands = (publish.publish?.steps ?? []).flatMap(({ run }) => run ?? []);
    expect(commands).toEqual([expect.stringMatching(/^npm publish \S+\.tgz --ignore-scripts --provenance /)]);
    const trusted = Object.entries(publish).filter(([, { permissions }]) => permissions?.['id-token'] !== undefined);
    expect(trusted.map(([name]) => name)).toEqual(['publish']);
  });
});
