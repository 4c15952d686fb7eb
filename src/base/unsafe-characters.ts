/**
 * Control characters, line separators, direction marks and halves of surrogate pairs. In a name they would change how the lines
 * around it are shown, and half a pair is not stored as it is.
 */
export const UNSAFE_CHARACTERS = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;
