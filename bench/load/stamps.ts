/** A placeholder in an event for the time at which it is sent. */
export const NO_TIME = '@00000000000.000 ';

const STAMP = /@(\d{11}\.\d{3}) /g;

/** Milliseconds of the machine's monotonic clock, which all its processes share. */
function machineTime(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}

/** The event with the current time. */
export function stamped(event: string): string {
  return event.replace(NO_TIME, () => `@${machineTime().toFixed(3).padStart(15, '0')} `);
}

/** @returns a function that reads from chunks how many milliseconds their events took */
export function createStampReader(): (chunk: Buffer) => number[] {
  let rest = '';
  return (chunk) => {
    const at = machineTime();
    const text = rest + chunk.toString('latin1');
    rest = text.slice(text.lastIndexOf('\n') + 1);
    return [...text.slice(0, text.length - rest.length).matchAll(STAMP)].map(([, sent]) => at - Number(sent));
  };
}
