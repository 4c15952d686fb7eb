import type { Run } from '../../../src/store/index.js';
import type { Random } from '../truth/texts.js';
import type { Project } from './project.js';
import type { Writer } from './writer.js';

export interface SessionOptions {
  random: Random;
  writer: Writer;
  project: Project;
  run: Run;
  sessionId: string;
  /** Unix ms. */
  startsAt: number;
  /** Scale of all texts. */
  scale: number;
}
