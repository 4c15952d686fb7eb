import { type Random, whole } from '../truth/texts.js';

export type TextKind = 'prose' | 'cjk' | 'code' | 'log';

/** Writes texts like those of conversations: common and rare words, sometimes a unique one. */
export interface Writer {
  /** A text of about this many characters. */
  write(kind: TextKind, characters: number): string;
}

/** Words for searches; the others are made of syllables. */
export const SEARCHABLE = { common: 'request', rare: 'backpressure', cjk: '事务' } as const;

const VOCABULARY = 20_000;
const POOL = { prose: 5_000, cjk: 1_500, code: 4_000, log: 2_000 };
const HANZI = [
  ...'的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严',
];
const SYLLABLES = 'ka lo mi ren tas vel dor pin sha que bri zon ful ter gal nix sto cra wem hib jud pra'.split(' ');

export function createWriter(random: Random): Writer {
  const words = [SEARCHABLE.common, ...Array.from({ length: VOCABULARY }, () => newWord(random))];
  // The n-th word occurs 1/n as often as the first, as in natural languages (Zipf's law).
  const word = () => words[Math.floor(words.length ** random()) - 1] ?? '';
  const hanzi = () => HANZI[whole(random, 0, HANZI.length - 1)] ?? '';
  const makers: Record<TextKind, () => string> = {
    prose: () => `${times(whole(random, 5, 18), word).join(' ')}${random() < 0.15 ? '.\n\n' : '. '}`,
    cjk: () => `${times(whole(random, 6, 26), hanzi).join('')}${random() < 0.02 ? SEARCHABLE.cjk : ''}。`,
    code: () => `  ${word()} = ${word()}(${word()}.${word()}, ${whole(random, 0, 9_999)}); // ${word()} ${word()}\n`,
    log: () => `2026-01-15T${whole(random, 10, 23)}:00 [${word()}] ${word()} took ${whole(random, 1, 9e4)} ms\n`,
  };
  const pools = {
    prose: [...times(POOL.prose, makers.prose), `${word()} ${SEARCHABLE.rare} ${word()}. `],
    cjk: times(POOL.cjk, makers.cjk),
    code: times(POOL.code, makers.code),
    log: times(POOL.log, makers.log),
  };
  return {
    write(kind, characters) {
      const pool = pools[kind];
      let text = random() < 0.3 ? `${Math.floor(random() * 2 ** 48).toString(36)} ` : '';
      while (text.length < characters) text += pool[whole(random, 0, pool.length - 1)] ?? '';
      return text.trimEnd();
    },
  };
}

function newWord(random: Random): string {
  return times(whole(random, 1, 4), () => SYLLABLES[whole(random, 0, SYLLABLES.length - 1)] ?? '').join('');
}

function times<Made>(count: number, make: () => Made): Made[] {
  return Array.from({ length: count }, make);
}
