"""What finds faces and their 68 landmarks: dlib, or the networks of MediaPipe."""
