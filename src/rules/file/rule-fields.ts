// As a namespace: esbuild then leaves out zod's forty languages.
import * as z from 'zod';
import { UNSAFE_CHARACTERS } from '../../base/unsafe-characters.js';
import { checkHeaderName } from '../actions/header.js';
import { parseDuration } from '../conditions/duration.js';
import { compileJsonPath } from '../conditions/json-path.js';
import { compileRegex } from '../conditions/regex.js';
import { checked } from './schema-parts.js';

export const MAX_ENTRIES = 100;
export const MAX_TEXT = 10_000;

export const text = z.string().min(1).max(MAX_TEXT);
export const oneLine = checked(z.string().min(1).max(200), (value) => {
  if (UNSAFE_CHARACTERS.test(value)) throw new Error('expected one line of plain text');
});
export const json: z.ZodType<unknown> = z.json();

export const jsonPath = checked(z.string(), (path) => void compileJsonPath(path));
export const regex = checked(z.string(), (pattern) => void compileRegex(pattern));
export const duration = checked(z.string(), (value) => void parseDuration(value));
export const size = z.number().int().min(0);
export const headerName = checked(z.string(), checkHeaderName);
