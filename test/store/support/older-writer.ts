/** A running `wrap` of an older version, as the database sees it; ends its run when stdin ends: `older-writer.ts <file>`. */
import { Sqlite } from '../../support/sqlite.js';
import { aRun } from './records.js';

const [file = ''] = process.argv.slice(2);
const db = new Sqlite(file);
const run = aRun();
db.prepare(`
  INSERT INTO runs (id, pid, started_at, command, cwd, version)
  VALUES (@id, @pid, @startedAt, @command, @cwd, @version)`).run(run);
console.log('begun');
process.stdin.resume().on('end', () => {
  db.prepare('UPDATE runs SET ended_at = ? WHERE id = ?').run(Date.now(), run.id);
  db.close();
});
