import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openStore, type Store } from '../../../../src/store/index.js';
import { SQLITE_PACKAGE } from '../../../../src/store/sqlite.js';
import { openPanelData, type PanelData } from '../../../../src/tui/panel/data/panel-data.js';
import { aRequest, aRun } from '../../../store/support/records.js';
import { tempDatabase } from '../../../store/support/temp-database.js';
import { untilTrue } from '../../../support/product.js';
import { aGrowing } from '../support/a-growing.js';

function opened(file: string): PanelData {
  const data = openPanelData(file);
  onTestFinished(() => data.close());
  return data;
}

/** A database to write to, with nobody of ours told of it. */
function written(file: string): { store: Store; request(): void } {
  const store = openStore(file);
  const run = aRun();
  store.beginRun(run);
  return { store, request: () => void store.saveRequest(aRequest(run.id)) };
}

function count(data: PanelData): number | null {
  return data.ask((reader) => reader.query({ kind: 'all' }, { limit: 1 }).total);
}

/** Told of news, and of nothing else, when this is done. */
async function tells(data: PanelData, change: () => void, news: () => boolean): Promise<void> {
  let told = false;
  const end = data.onChange(() => {
    told = news();
  });
  change();
  await untilTrue(() => told);
  end();
}

describe('openPanelData', () => {
  it('reports each commit of another connection', async () => {
    const file = tempDatabase();
    const { store, request } = written(file);
    request();
    const data = opened(file);
    expect(count(data)).toBe(1);
    await tells(data, request, () => count(data) === 2);
    await tells(data, request, () => count(data) === 3);
    // The last writer takes the log with it.
    store.close();
    const again = written(file);
    await tells(data, again.request, () => count(data) === 4);
    again.store.close();
  });

  it('reports nothing while nothing is written', async () => {
    const file = tempDatabase();
    const { request, store } = written(file);
    request();
    const data = opened(file);
    await new Promise((resolve) => setTimeout(resolve, 200));
    let told = 0;
    data.onChange(() => {
      told += 1;
    });
    count(data);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(told).toBe(0);
    store.close();
  });

  it('finds a database that is created later, in a folder that is created later', async () => {
    const file = tempDatabase();
    const data = opened(file);
    expect(count(data)).toBeNull();
    await tells(
      data,
      () => written(file).request(),
      () => count(data) === 1,
    );
  });

  it('the panel follows a database and a folder that were replaced', async () => {
    const file = tempDatabase();
    const folder = dirname(file);
    const { store, request } = written(file);
    request();
    request();
    const data = opened(file);
    expect(count(data)).toBe(2);
    store.close();
    await tells(
      data,
      () => {
        renameSync(folder, `${folder}-before`);
        mkdirSync(folder);
        written(file).request();
      },
      () => count(data) === 1,
    );
    await tells(
      data,
      () => rmSync(file),
      () => count(data) === null,
    );
  });

  it('follows a database that was deleted, and then made again', async () => {
    const file = tempDatabase();
    const { store, request } = written(file);
    request();
    store.close();
    const data = opened(file);
    expect(count(data)).toBe(1);
    await tells(
      data,
      () => rmSync(file),
      () => count(data) === null,
    );
    // As another process does it: complete when it appears.
    const made = `${file}-made`;
    const again = written(made);
    again.request();
    again.store.close();
    await tells(
      data,
      () => renameSync(made, file),
      () => count(data) === 1,
    );
  });

  it('reports commits of another program', async () => {
    const file = tempDatabase();
    const { store, request } = written(file);
    request();
    const data = opened(file);
    const script = `new (require('${SQLITE_PACKAGE}'))(${JSON.stringify(file)}).exec("UPDATE runs SET command = 'other'")`;
    const onChange = vi.fn();
    data.onChange(onChange);
    execFileSync(process.execPath, ['-e', script]);
    await expect.poll(() => onChange).toHaveBeenCalled();
    store.close();
  });

  it('keeps growing answers for a while after they are stored', async () => {
    const { growing } = opened(tempDatabase());
    let told = 0;
    growing.onChange(() => {
      told += 1;
    });
    growing.take({ type: 'grown', answers: [aGrowing('req_1', { characters: 3 }), aGrowing('req_2')] });
    growing.take({ type: 'grown', answers: [aGrowing('req_1', { characters: 5 })] });
    expect(told).toBe(2);
    expect(growing.of('req_1')).toMatchObject({ characters: 5 });
    growing.take({ type: 'ended', ids: ['req_1'] });
    expect(growing.of('req_1')).not.toBeNull();
    await untilTrue(() => growing.of('req_1') === null);
    expect(growing.of('req_2')).not.toBeNull();
  });
});
