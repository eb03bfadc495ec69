/** The version of package.json. A constant, because a build and the sources have different paths to that file. */
export const VERSION = '0.1.0'
