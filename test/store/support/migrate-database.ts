/** Opens a database of an older version, and prints a line before and after its migration: `migrate-database.ts <file>`. */
import { openDatabase } from '../../../src/store/index.js';

const [file = ''] = process.argv.slice(2);
console.log('begins');
openDatabase(file, { readonly: false }).close();
console.log('done');
