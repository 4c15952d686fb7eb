/** What may wait for the emulator before the child is held, and how little before it goes on. A screen is some 20 KB. */
const HIGH_WATER = 256 * 1024;
const LOW_WATER = 64 * 1024;

interface Source {
  pause(): void;
  resume(): void;
}

/**
 * Holds a child that writes faster than the emulator reads, so that a flood costs the child its time, not us our memory.
 * @param consume takes data and calls back when it is done with it
 * @returns takes what the source yields
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
