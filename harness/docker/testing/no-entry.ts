/** A program that cannot start. */
process.stderr.write('it ends on purpose\n');
process.exit(3);
