"""What every page is made of: components, figures, first screens. No model lives here."""
