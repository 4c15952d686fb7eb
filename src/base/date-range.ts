/** The last time that a Date can have, in unix ms: https://tc39.es/ecma262/#sec-time-values-and-time-range */
export const LAST_DATE_MS = 8.64e15;
