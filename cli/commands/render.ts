export { renderMigrations } from '../../output';
