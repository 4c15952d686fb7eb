import type { RequestDetail } from '../../../../model/request.js';
import { bar } from '../../../../text/bars.js';
import { fragment, type Line } from '../../../../text/line.js';
import { requestFields } from '../../../../text/reports/request-detail.js';
import { formatDuration } from '../../../../text/units.js';
import { type Block, fieldsBlock, headedBlock } from '../document.js';

const MAX_BAR_WIDTH = 30;
const NAME_WIDTH = 24;
/** `2 m 05 s` and a blank. */
const DURATION_WIDTH = 9;

/** The steps of a request as parts of its whole time, and all of its facts. */
export function timeBlocks(request: RequestDetail): Block[] {
  return [
    headedBlock([fragment('── ', 'dim'), fragment('times', 'heading')], stepsBlock(request)),
    headedBlock([fragment('── ', 'dim'), fragment('request', 'heading')], fieldsBlock(requestFields(request))),
  ];
}

/** The bar of a step begins when the step begins. */
function stepsBlock({ timestamps }: RequestDetail): Block {
  const begin = timestamps.initiated.getTime();
  const at = (time: Date | null) => (time === null ? null : time.getTime() - begin);
  const steps: [name: string, from: number | null, to: number | null][] = [
    ['request read', 0, at(timestamps.received)],
    ['sent upstream', 0, at(timestamps.forwarded)],
    ['waiting for first byte', at(timestamps.forwarded), at(timestamps.firstByte)],
    ['answer', at(timestamps.firstByte), at(timestamps.responseEnd)],
    ['delivered', at(timestamps.responseEnd), at(timestamps.delivered)],
  ];
  const whole = Math.max(1, ...steps.map(([, , to]) => to ?? 0));
  return (width) => {
    const barWidth = Math.min(MAX_BAR_WIDTH, width - NAME_WIDTH - DURATION_WIDTH - 1);
    return steps.map(([name, from, to]): Line => {
      if (from === null || to === null) return [fragment(name.padEnd(NAME_WIDTH)), fragment('–', 'dim')];
      const took = fragment(formatDuration(Math.max(0, to - from)).padStart(DURATION_WIDTH));
      if (barWidth < 4) return [fragment(name.padEnd(NAME_WIDTH)), took];
      const start = Math.min(barWidth - 1, Math.floor((from / whole) * barWidth));
      const length = bar(Math.max(0, to - from), whole, barWidth);
      const shown = `${' '.repeat(start)}${length}`.slice(0, barWidth).padEnd(barWidth + 1);
      return [fragment(name.padEnd(NAME_WIDTH)), fragment(shown, 'bar'), took];
    });
  };
}
