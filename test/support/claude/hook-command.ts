/** A hook that prints this text. It reads its input first: 2.0.30 ends with EPIPE when a hook is gone before that is written. */
export function hookCommand(output: string): { type: 'command'; command: string } {
  return { type: 'command', command: `cat > /dev/null; echo '${output}'` };
}
