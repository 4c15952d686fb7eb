/**
 * Opens a database and prints the result: the name and message of the error, or the schema version.
 * `open-database.ts <file> [readonly]`
 */
import { openDatabase, type StoreError } from '../../../src/store/index.js';

const [file = '', readonly] = process.argv.slice(2);
try {
  const db = openDatabase(file, { readonly: readonly !== undefined });
  console.log(String(db.pragma('user_version', { simple: true })));
  db.close();
} catch (error) {
  const { name, message } = error as StoreError;
  console.log(`${name}: ${message}`);
}
