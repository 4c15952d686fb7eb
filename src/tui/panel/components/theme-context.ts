import { createContext } from 'react';
import { THEMES, type Theme } from '../theme.js';

export const ThemeContext = createContext<Theme>(THEMES.plain);
