/**
 * Bytes that wait for the emulator: above the first the child is paused, below the second it goes on. A screen is some
 * 20 KB.
 */
const HIGH_WATER = 256 * 1024;
const LOW_WATER = 64 * 1024;

interface Source {
  pause(): void;
  resume(): void;
}

/**
 * Pauses a source that writes faster than its data is consumed, so that a flood does not fill our memory.
 * @param consume calls back when it is done with the data
 * @returns takes the data of the source
 */
export function holdBack(source: Source, consume: (data: Buffer, done: () => void) => void): (data: Buffer) => void {
  let waiting = 0;
  let held = false;
  return (data) => {
    waiting += data.length;
    if (!held && waiting > HIGH_WATER) {
      held = true;
      source.pause();
    }
    consume(data, () => {
      waiting -= data.length;
      if (held && waiting < LOW_WATER) {
        held = false;
        source.resume();
      }
    });
  };
}
