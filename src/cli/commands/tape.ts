import { changeTag, cleanUp, compress, remove, validate } from '../tape/change.js';
import { list, search, show, stats } from '../tape/look.js';
import { type Given, givenBy, type TapeAction, type TapeArgs } from '../tape/options.js';
import { exportTape, importTapes, record } from '../tape/transfer.js';

export { options } from '../tape/options.js';

const VERBS: Readonly<Record<TapeAction, (given: Given) => Promise<void>>> = {
  list,
  show,
  record,
  export: exportTape,
  import: importTapes,
  validate,
  compress,
  tag: changeTag,
  search,
  stats,
  delete: remove,
  cleanup: cleanUp,
};

export async function run(args: TapeArgs): Promise<void> {
  await VERBS[args.action](givenBy(args));
}
