/** Environment variables: those of a process, or made up for one. */
export type Env = Readonly<Record<string, string | undefined>>;
