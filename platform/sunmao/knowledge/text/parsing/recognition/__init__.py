"""Reading words in pictures: models of the rapidocr wheel, run by OpenCV. Only confined readers import it."""
