#!/usr/bin/env node
import { warmUp } from './threads/spawn.js';

// A third of what `wrap` takes to start is threads booting: they can do that while the command line is read.
if (process.argv[2] === 'wrap') warmUp();
await import('./command-line.js');
