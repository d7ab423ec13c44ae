export { renderMigrations } from '../../output';
export { placeRendering } from '../../output/place-rendering';
