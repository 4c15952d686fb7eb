import { renameSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openReader, ReplacedFileError } from '../../../src/store/index.js';
import { anAttribution, aRequest, aResponse, aShare } from '../support/records.js';
import { startedStore } from '../support/started-store.js';

describe('following', () => {
  it('returns each matching request once, when it has ended, even one that was open before', () => {
    const { file, store, run } = startedStore();
    const [before, open, fresh, other] = [0, 1, 2, 3].map((at) =>
      aRequest(run.id, { timestamps: { ...aRequest(run.id).timestamps, initiated: at } }),
    );
    if (!before || !open || !fresh || !other) throw new Error('unreachable');
    const end = (request: typeof open, source: string) =>
      store.saveResponse(aResponse(request), anAttribution([aShare(source, 1)]));
    store.saveRequest(before);
    end(before, 'mcp:serena');
    store.saveRequest(open);
    const reader = openReader(file);
    const next = reader.follow({ source: 'mcp:*' });
    const ids = () => next().map(({ id }) => id);

    expect(ids()).toEqual([]);
    store.saveRequest(fresh);
    store.saveRequest(other);
    expect(ids()).toEqual([]);
    end(fresh, 'mcp:serena');
    expect(ids()).toEqual([fresh.id]);
    end(other, 'user');
    end(open, 'mcp:tickets');
    expect(ids()).toEqual([open.id]);
    expect(ids()).toEqual([]);
    reader.close();
    store.close();
  });

  it.skipIf(process.platform === 'win32')('throws when the database was deleted or replaced', () => {
    const { file, store } = startedStore();
    const other = startedStore();
    other.store.close();
    const reader = openReader(file);
    const next = reader.follow({});
    expect(next()).toEqual([]);
    rmSync(file);
    expect(next).toThrow(ReplacedFileError);
    renameSync(other.file, file);
    expect(next).toThrow(/trace\.db was deleted or replaced/);
    reader.close();
    store.close();
  });
});
