/** Random bytes that texts of one run are combined with; see seal.ts. */
export interface Pad {
  /** Marks the sealed texts of this run. */
  mark: string;
  bytes: Uint8Array;
}

/** From the value of the environment variable in which `writePad` has put it. */
export function readPad(value: string): Pad {
  const [mark = '', coded = ''] = value.split('.');
  return { mark, bytes: Buffer.from(coded, 'base64url') };
}

/** A text as it was before it was sealed, with the references that were replaced in the meantime. */
export function unseal(text: string, { mark, bytes }: Pad): string {
  if (mark === '') return text;
  return text.replaceAll(new RegExp(`${mark}\\((\\d+)\\.([\\w-]+)\\)`, 'g'), (_whole, start: string, coded: string) =>
    combine(Buffer.from(coded, 'base64url'), bytes.subarray(Number(start))).toString(),
  );
}

/** Its own inverse. */
export function combine(text: Buffer, pad: Uint8Array): Buffer {
  return Buffer.from(text.map((byte, index) => byte ^ (pad[index] ?? 0)));
}
