/** Opens a database of an older version, with a line before and one when it is up to date: `migrate-database.ts <file>`. */
import { openDatabase } from '../../../src/store/index.js';

const [file = ''] = process.argv.slice(2);
console.log('begins');
openDatabase(file, { readonly: false }).close();
console.log('done');
