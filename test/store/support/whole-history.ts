import { correlationOf, type RequestId } from '../../../src/model/ids.js';
import { openDatabase } from '../../../src/store/database.js';
import { saveMcpHistory } from './mcp-history.js';
import { aDefinition, aDelivery } from './mcp-records.js';
import { aBody, anAttribution, aRequest, aResponse, aShare } from './records.js';
import { sessionBodies } from './session-bodies.js';
import { startedStore } from './started-store.js';
import { tempDatabase } from './temp-database.js';

export interface WholeHistory {
  file: string;
  requests: { id: RequestId; body: Buffer }[];
}

/** Two conversations, all answered and attributed, and calls of MCP servers, by a run that has ended; the database is closed cleanly. */
export function wholeHistory(turns = 12, path = tempDatabase()): WholeHistory {
  const { file, store, run } = startedStore(path);
  const requests = [1, 2].flatMap((session) =>
    sessionBodies(turns, 80_000).map((content, turn) => {
      const body = Buffer.from(content.toString().replaceAll('e ', `e${session} `));
      const sessionId = `f0b1c2d3-0000-4000-8000-00000000000${session}`;
      const request = aRequest(run.id, { body: aBody(body), sessionId });
      store.saveRequest(request);
      const shares = [aShare('user', 10 + turn), aShare('mcp:serena', 300, { part: 'definition' })];
      const said = { prompts: [`wanted ${turn}`], results: [], answer: ['given'] };
      store.saveResponse(
        aResponse(request, { body: aBody(`answer ${session} ${turn}`) }),
        anAttribution(shares, { searchTexts: said }),
      );
      return { id: request.id, body };
    }),
  );
  const [called] = saveMcpHistory(store, run.id, 3);
  const [first] = requests;
  if (called !== undefined && first !== undefined) {
    const carriedBy = correlationOf(first.id);
    store.saveMcp([
      { type: 'delivery', delivery: aDelivery(called.call.toolUseId ?? '', carriedBy, { calledBy: carriedBy }) },
      { type: 'delivery', delivery: aDelivery('toolu_early', carriedBy) },
      { type: 'definition', definition: aDefinition(called.connection.id) },
    ]);
  }
  store.endRun(run.id);
  store.close();
  return { file, requests };
}

/** Runs SQL that the product never runs, without the checks that would refuse it. */
export function tamper(file: string, ...statements: string[]): void {
  const db = openDatabase(file, { readonly: false });
  db.unsafeMode(true);
  db.pragma('foreign_keys = OFF');
  db.pragma('writable_schema = ON');
  for (const statement of statements) db.exec(statement);
  db.close();
}

/** Numbers of the pages (from 1) that hold a table or an index, by its name; the root first. */
export function pagesOf(file: string): Map<string, number[]> {
  const db = openDatabase(file, { readonly: true });
  const pages = new Map<string, number[]>();
  const rows = db.prepare<[], { name: string; pageno: number }>('SELECT name, pageno FROM dbstat ORDER BY name, path');
  for (const { name, pageno } of rows.all()) pages.set(name, [...(pages.get(name) ?? []), pageno]);
  db.close();
  return pages;
}
