/** One thing looked at. `problem` means that tracing does not work as it should; `note` is good to know. */
export interface Finding {
  level: 'ok' | 'note' | 'problem';
  what: string;
  message: string;
}
