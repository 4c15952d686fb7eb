import { describe, expect, it } from 'vitest';
import { InvalidFilterError, openReader } from '../../src/store/index.js';
import { anAttribution, aRequest, aResponse } from './support/records.js';
import { startedStore } from './support/started-store.js';

/** One request for each text, found by the number of its text. */
function withTexts(texts: readonly string[]) {
  const { file, store, run } = startedStore();
  const ids = texts.map((text, index) => {
    const request = aRequest(run.id);
    const said = { prompts: [], results: [], answer: [] };
    const place = (['prompts', 'results', 'answer'] as const)[index % 3] ?? 'answer';
    store.saveRequest(request);
    store.saveResponse(aResponse(request), anAttribution([], { searchTexts: { ...said, [place]: [text] } }));
    return request.id as string;
  });
  store.close();
  const reader = openReader(file);
  return (text: string) =>
    reader
      .page({ text }, { limit: 100 })
      .map(({ id }) => ids.indexOf(id))
      .sort();
}

describe('full text', () => {
  it('finds requests that contain all words, in prompts, results and answers, ignoring case and accents', () => {
    const find = withTexts([
      'Rename the Parser',
      'parser.ts: export class Parser',
      'Ich habe den Pärser umbenannt',
      'other',
    ]);
    expect(find('parser')).toEqual([0, 1, 2]);
    expect(find('PARSER rename')).toEqual([0]);
    expect(find('parser nothing')).toEqual([]);
  });

  it('matches words by their beginning, and quotes word for word', () => {
    const find = withTexts(['the configuration file', 'file the config', 'reconfigure']);
    expect(find('config')).toEqual([0, 1]);
    expect(find('"config"')).toEqual([1]);
    expect(find('"the configuration"')).toEqual([0]);
    expect(find('"configuration the"')).toEqual([]);
  });

  it('finds Chinese, Japanese, Korean and Thai by any sequence of letters', () => {
    const find = withTexts([
      '请修复解析器的错误',
      'パーサーを直してください',
      '파서를 고쳐 주세요',
      'แก้ไขตัวแยกวิเคราะห์',
      '错误解析',
    ]);
    expect(find('解析器')).toEqual([0]);
    expect(find('解析')).toEqual([0, 4]);
    expect(find('析')).toEqual([0, 4]);
    expect(find('直して')).toEqual([1]);
    expect(find('고쳐')).toEqual([2]);
    expect(find('ตัวแยก')).toEqual([3]);
    expect(find('修复 错误')).toEqual([0]);
  });

  it.each(['NOT', 'a AND', '(', 'prompt:x', 'x*', '^x', '"unclosed', 'a-b', 'NEAR(a b)', "o'clock", '{x} : y', 'x"y'])(
    'takes %j for nothing but words',
    (text) => {
      const find = withTexts([`before ${text} after`, 'x marks the spot']);
      if (/[a-z]/i.test(text)) expect(find(text)).toContain(0);
      else expect(() => find(text)).toThrow(InvalidFilterError);
    },
  );

  it('refuses texts without letters', () => {
    const find = withTexts(['x']);
    for (const text of ['', '  ', '***', '"', '""']) expect(() => find(text)).toThrow(InvalidFilterError);
  });

  it('finds requests by the error that ended them', () => {
    const { file, store, run } = startedStore();
    const request = aRequest(run.id);
    store.saveRequest(request);
    store.saveResponse(
      aResponse(request, { state: 'failed', status: null, error: 'socket hang up' }),
      anAttribution([]),
    );
    store.close();
    expect(openReader(file).page({ text: 'hang' })).toHaveLength(1);
  });

  it('does not find texts of a replaced attribution', () => {
    const { file, store, run } = startedStore();
    const request = aRequest(run.id);
    const said = (prompt: string) => anAttribution([], { searchTexts: { prompts: [prompt], results: [], answer: [] } });
    store.saveRequest(request);
    store.saveResponse(aResponse(request), said('before'));
    store.replaceAttribution(request.id, said('after'));
    store.close();
    const reader = openReader(file);
    expect(reader.page({ text: 'before' })).toEqual([]);
    expect(reader.page({ text: 'after' })).toHaveLength(1);
  });
});
