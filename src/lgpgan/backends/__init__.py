"""What runs the generators for an editor: torch, ONNX Runtime or OpenVINO, behind one protocol."""
