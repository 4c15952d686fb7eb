/** Offset of the first error in UTF-16 units; 0 if it is unknown, null if the text is JSON. */
export async function firstJsonError(text: string): Promise<number | null> {
  try {
    JSON.parse(text);
    return null;
  } catch {
    const { visit } = await import('jsonc-parser');
    let first: number | null = null;
    const onError = (_error: unknown, offset: number) => {
      first ??= offset;
    };
    try {
      visit(text, { onError }, { disallowComments: true });
    } catch {
      // It is nested too deep to be followed.
    }
    return first ?? 0;
  }
}
