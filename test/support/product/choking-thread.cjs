/*
 * Preloaded (NODE_OPTIONS) into the product to make the recorder choke on what it reads, as no limit of ours may foresee:
 * where a JSON text holds one of the words, its thread never comes back, or fills its heap, or dies somewhat later.
 */
const { isMainThread } = require('node:worker_threads');

if (!isMainThread) {
  const parse = JSON.parse;
  JSON.parse = (text, ...more) => {
    if (typeof text === 'string' && text.length < 1_000_000) {
      if (text.includes('choke-reading')) for (;;);
      if (text.includes('choke-later'))
        setTimeout(() => {
          throw new Error('choked');
        }, 500);
      const isAttribution = new Error().stack.includes('attributeOrLearn');
      if (isAttribution && text.includes('choke-attribution')) for (;;);
      if (isAttribution && text.includes('choke-memory'))
        for (const all = []; ; ) all.push(new Array(1_000).fill(all.length));
    }
    return parse(text, ...more);
  };
}
