import { bar } from '../../../../format/bars.js';
import { describeRequest } from '../../../../format/request-detail.js';
import { formatDuration } from '../../../../format/units.js';
import type { RequestDetail } from '../../../../store/index.js';
import { type Block, headedBlock, textBlock } from '../../text/document.js';
import { type Line, run } from '../../text/line.js';

const BAR = 30;

/** When what happened, as parts of the whole time, and all that is known of the request. */
export function timeBlocks(request: RequestDetail): Block[] {
  return [
    headedBlock([run('── ', 'dim'), run('times', 'heading')], stepsBlock(request)),
    headedBlock([run('── ', 'dim'), run('request', 'heading')], textBlock(describeRequest(request).join('\n'))),
  ];
}

/** Where the bar of each step begins and ends says what it waited for. */
function stepsBlock({ timestamps }: RequestDetail): Block {
  const begin = Date.parse(timestamps.initiated);
  const at = (time: string | null) => (time === null ? null : Date.parse(time) - begin);
  const steps: [name: string, from: number | null, to: number | null][] = [
    ['request read', 0, at(timestamps.received)],
    ['sent upstream', 0, at(timestamps.forwarded)],
    ['waiting for first byte', at(timestamps.forwarded), at(timestamps.first_byte)],
    ['answer', at(timestamps.first_byte), at(timestamps.response_end)],
    ['delivered', at(timestamps.response_end), at(timestamps.delivered)],
  ];
  const whole = Math.max(1, ...steps.map(([, , to]) => to ?? 0));
  return () =>
    steps.map(([name, from, to]): Line => {
      if (from === null || to === null) return [run(name.padEnd(24)), run('–', 'dim')];
      const start = Math.min(BAR - 1, Math.floor((from / whole) * BAR));
      const length = bar(Math.max(0, to - from), whole, BAR);
      return [
        run(name.padEnd(24)),
        run(`${' '.repeat(start)}${length}`.slice(0, BAR).padEnd(BAR + 1), 'bar'),
        run(formatDuration(Math.max(0, to - from)).padStart(9)),
      ];
    });
}
