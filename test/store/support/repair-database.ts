/** Repairs a database, and prints a line before and after: `repair-database.ts <file>`. */
import { repairFile } from '../../../src/store/index.js';

const [file = ''] = process.argv.slice(2);
console.log('begins');
console.log(repairFile(file).done);
