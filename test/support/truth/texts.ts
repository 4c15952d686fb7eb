/** A seeded source of numbers in [0, 1): the same session on every run (mulberry32). */
export type Random = () => number;

export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function whole(random: Random, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}

export function pick<T>(random: Random, values: readonly T[]): T {
  const [value] = values.slice(Math.floor(random() * values.length));
  if (value === undefined) throw new Error('There is nothing to pick from.');
  return value;
}

const WORDS = (
  'the of and to in is that for it as with was on be by this are from or an at not which have but when where what how all ' +
  'request response server client header buffer stream socket handler promise callback module import export function method ' +
  'table column index query migration transaction schema record cursor lock retry timeout deadline backoff queue worker ' +
  'customer invoice payment shipment warehouse address refund balance ledger currency discount subscription renewal ' +
  'should never always return before after unless because without whenever whichever together separately carefully ' +
  'river mountain harbour lantern orchard kettle blanket granite copper feather meadow thunder whisper compass ' +
  'unreachable misconfigured asynchronous deserialization idempotent backpressure multiplexing heuristics idiosyncratic'
).split(' ');

const HANZI = [
  ...'的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严',
];

export function prose(random: Random, words: number): string {
  const out: string[] = [];
  for (let left = words; left > 0; ) {
    const length = Math.min(left, whole(random, 5, 19));
    const sentence = Array.from({ length }, () => (random() < 0.03 ? `\`${name(random)}\`` : pick(random, WORDS)));
    const text = sentence.join(random() < 0.1 ? ', ' : ' ');
    out.push(`${text[0]?.toUpperCase() ?? ''}${text.slice(1)}${pick(random, ['.', '.', '.', ':', '!'])}`);
    out.push(random() < 0.15 ? '\n\n' : ' ');
    left -= length;
  }
  return out.join('').trim();
}

/** camelCase of two or three words. */
export function name(random: Random): string {
  const parts = Array.from({ length: whole(random, 2, 3) }, () => pick(random, WORDS));
  return parts.map((part, index) => (index === 0 ? part : `${part[0]?.toUpperCase() ?? ''}${part.slice(1)}`)).join('');
}

export function filePath(random: Random): string {
  return `/home/ada/shop/src/${pick(random, WORDS)}/${pick(random, WORDS)}-${pick(random, WORDS)}.ts`;
}

const CODE_LINES: readonly ((random: Random) => string)[] = [
  (random) =>
    `const ${name(random)} = await ${name(random)}(${name(random)}, { ${name(random)}: ${whole(random, 0, 9999)} });`,
  (random) => `if (${name(random)}.${name(random)} !== undefined && ${name(random)} > ${random().toFixed(3)}) {`,
  (random) => `import { ${name(random)} } from '../${pick(random, WORDS)}/${pick(random, WORDS)}.js';`,
  (random) => `// ${prose(random, 9)}`,
  () => '}',
  (random) => `return [...${name(random)}.values()].map((value) => value.${name(random)} ?? '${pick(random, WORDS)}');`,
  (random) => `export function ${name(random)}(${name(random)}: string, ${name(random)}?: number): Promise<void> {`,
  () => '',
];

/** As the Read tool prints a file: numbered lines. */
export function code(random: Random, lines: number): string {
  const numbered = Array.from({ length: lines }, (_, index) => {
    const indent = '  '.repeat(whole(random, 0, 3));
    return `${String(index + 1).padStart(6)}\t${indent}${pick(random, CODE_LINES)(random)}`;
  });
  return numbered.join('\n');
}

export function json(random: Random, entries: number): string {
  const rows = Array.from({ length: entries }, () => ({
    id: hex(random, 32),
    [name(random)]: whole(random, 0, 1e6) / 100,
    at: new Date(1.76e12 + whole(random, 0, 1e9)).toISOString(),
    tags: [pick(random, WORDS), pick(random, WORDS)],
    [pick(random, WORDS)]: random() < 0.5 ? null : prose(random, 6),
  }));
  return JSON.stringify(rows, null, random() < 0.5 ? 2 : undefined);
}

export function log(random: Random, lines: number): string {
  return Array.from({ length: lines }, () => {
    const at = new Date(1.76e12 + whole(random, 0, 1e9)).toISOString();
    const level = pick(random, ['INFO', 'WARN', 'ERROR', 'DEBUG']);
    return `${at} ${level} [${name(random)}] ${filePath(random)}:${whole(random, 1, 900)} took ${whole(random, 1, 9e4)}ms ${hex(random, 12)}`;
  }).join('\n');
}

export function cjk(random: Random, characters: number): string {
  const out = Array.from({ length: characters }, () => (random() < 0.08 ? '，' : pick(random, HANZI)));
  return `${out.join('')}。`;
}

export function base64(random: Random, bytes: number): string {
  return Buffer.from(Array.from({ length: bytes }, () => whole(random, 0, 255))).toString('base64');
}

export function hex(random: Random, digits: number): string {
  return Array.from({ length: digits }, () => whole(random, 0, 15).toString(16)).join('');
}
