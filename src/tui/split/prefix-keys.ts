/** What single keys do after the prefix key, in the order of the hints. */
export const PREFIX_KEYS = [
  ['+ - 0', 'rate'],
  ['u', 'undo'],
  ['r', 'release'],
  ['z', 'zoom'],
  ['h', 'hide'],
  ['< >', 'size'],
  ['[', 'scroll'],
] as const;
