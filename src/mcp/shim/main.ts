/**
 * The program between Claude Code and a stdio server: a bundle of its own without dependencies (scripts/build.mjs), since a server
 * starts as much later as this takes to load.
 *
 * usage: node main.cjs <task> <command> <argument…>, see launch.ts
 */
import { readLaunch } from './launch.js';
import { runShim } from './run-shim.js';

const { task, command } = readLaunch(process.argv.slice(2), process.env);
runShim(task, command);
