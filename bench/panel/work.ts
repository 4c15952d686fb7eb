/**
 * A program that repeats one kind of work a number of times for each key, and then makes a mark.
 *
 * usage: tsx work.ts <times>
 */
const BETWEEN_MS = 40;
const WORDS = 'a panel beside a command shows what it asked for and what came back over the network'.split(' ');
const { stdin, stdout } = process;
const times = Number(process.argv[2]);
let done = 0;

/** Another text for each number, as long as lines of logs are. */
function text(seed: number, width: number): string {
  let line = String(seed);
  for (let word = seed; line.length < width; word += 1) line += ` ${WORDS[(word * word + seed) % WORDS.length]}`;
  return line.slice(0, width);
}

function page(seed: number): string {
  const rows = Array.from({ length: 30 }, (_, y) => `\x1b[3${(y % 7) + 1}m${text(seed + y, 80)}`);
  return `\x1b[H${rows.join('\r\n')}\x1b[0m`;
}

const WORKS: Readonly<Record<string, () => string>> = {
  s: () => `${text(done, 60)}\r\n`,
  t: () => 'abcdefghij'[done % 10] ?? '',
  f: () => page(done * 31),
  c: () => `${page(1)}\x1b[3;70H${done}`,
};

stdin.setRawMode(true);
stdin.on('data', async (keys) => {
  const work = WORKS[keys.toString()];
  for (let left = times; left > 0 && work; left -= 1) {
    done += 1;
    stdout.write(work());
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
  }
  stdout.write('\r■\b');
});
stdout.write('ready\r\n');
