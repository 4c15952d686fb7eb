/** Repairs a database, with a line before it begins and one when it is done: `repair-database.ts <file>`. */
import { repairFile } from '../../../src/store/index.js';

const [file = ''] = process.argv.slice(2);
console.log('begins');
console.log(repairFile(file).done);
