/** The result of a check. `problem`: tracing does not work as it should; `note`: good to know. */
export interface Finding {
  level: 'ok' | 'note' | 'problem';
  what: string;
  message: string;
}

export function ok(what: string, message: string): Finding {
  return { level: 'ok', what, message };
}

export function note(what: string, message: string): Finding {
  return { level: 'note', what, message };
}

export function problem(what: string, message: string): Finding {
  return { level: 'problem', what, message };
}
