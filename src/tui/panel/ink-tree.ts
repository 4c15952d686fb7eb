import { type Instance, render } from 'ink';
import type { ReactNode } from 'react';
import { emptyScreen, Keyboard } from './keyboard.js';

/** Components for which Ink reads the keys; they paint themselves. */
export interface InkTree {
  /** Shows it, or what has changed in it. */
  show(tree: ReactNode): void;
  press(bytes: Buffer): void;
  /** Throws the error of a component that has ended the tree. */
  throwFailure(): void;
  close(): void;
}

/** @param onFailure called when a component has thrown an error */
export function createInkTree(onFailure: () => void): InkTree {
  const keyboard = new Keyboard();
  const screen = emptyScreen();
  let ink: Instance | null = null;
  let failure: unknown = null;

  return {
    show(tree) {
      if (ink !== null) {
        ink.rerender(tree);
        return;
      }
      ink = render(tree, {
        stdin: keyboard.asStdin(),
        stdout: screen,
        stderr: screen,
        // Each update is handled at once.
        debug: true,
        exitOnCtrlC: false,
        patchConsole: false,
      });
      ink.waitUntilExit().catch((error: unknown) => {
        // Ink ends with the error of a component.
        failure = error;
        onFailure();
      });
    },
    press: (bytes) => keyboard.press(bytes),
    throwFailure() {
      if (failure !== null) throw failure;
    },
    close: () => ink?.unmount(),
  };
}
